# plugins/queue/maildir_file.cpp: a directory that a killed process has made is taken for durable
/^std::expected<void, Error> sync_found/,/^}/s/{$/{ if (!directory.empty()) return {};/
