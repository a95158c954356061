"""The parts of veille for which only Python has the libraries: fine-tuning, ONNX export, the W&B client."""
