"""The main job from a terminal."""
