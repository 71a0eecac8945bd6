"""The settings of the model above those of the run."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.views import theme


class SettingsPanel(QWidget):
    """Two forms under each other."""

    def __init__(self, form: QWidget, run_form: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.S)
        heading = QLabel("Run")
        heading.setProperty("heading", True)
        heading.setContentsMargins(theme.M, 0, theme.M, 0)
        # The run's few settings take what they need, the model's many get all the rest.
        run_form.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        column.addWidget(form, 1)
        column.addWidget(heading)
        column.addWidget(run_form)
