"""Every reader of foreign files against damaged and hostile ones: each input is read, or refused in words."""
