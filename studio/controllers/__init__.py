"""Join state, engine and views. A controller is handed its views and knows no concrete widget."""
