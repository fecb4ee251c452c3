"""What builders write into history, and how it is read back: one module per builder, with both directions side by side.

steps = reading.parse(image)                                  # history → AST
prediction = predicting.predict(text, builder="buildkit")     # Dockerfile → the history and config it would give
registry.of(step.dialect).keeps_onbuild                       # what a builder keeps and loses
"""
