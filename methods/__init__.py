"""The built-in methods: every file here without a leading underscore is a plugin."""

if __name__ == "methods":
    raise ImportError("this folder is upbench.methods, not a top-level package 'methods'")
