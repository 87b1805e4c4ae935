"""The main job on the example workbooks, by the public interface alone, shown step by step."""
