//! Whole runs of the controller.
