"""The built-in datasets: every file here without a leading underscore is a plugin."""

if __name__ == "datasets":
    raise ImportError("this folder is upbench.datasets, not a top-level package 'datasets'")
