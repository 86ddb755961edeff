"""The story, one chapter a file; gateway/demo/story.py tells them in order."""
