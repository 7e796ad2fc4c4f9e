"""Make the image's file system and its bill of materials; run by the Dockerfile's build stage."""
