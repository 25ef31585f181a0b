"""The parts of chaos that judge, without a system to hurt."""
