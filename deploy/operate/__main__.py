"""python -m deploy.operate, which the container image runs as `usher`."""

from deploy.operate import command_line

if __name__ == "__main__":
    command_line.run(
        command_line.offer(command_line.make("Usher: invite and change many users by uploading an Excel file."))
    )
