"""Zhilu (执录): the record of tax enforcement, from the camera to the viewer's browser."""

__version__ = "0.1.0"
