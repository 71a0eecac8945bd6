"""The widgets. Setters in, signals out; plain values and NumPy arrays; a setter never emits."""
