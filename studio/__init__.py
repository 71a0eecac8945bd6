"""The desktop application. Imports run downward only, and a tool checks it:

    tour > app, cli > main_window > controllers | views > bridge > state
         > library > engine > instruments | data > models

Everything up to `library`, and the command line, runs without Qt.
"""
