"""What tests of several folders share: texts of scenarios, and the command `sim`."""
