#include "tests/support/folder.hpp"

#include <cstdlib>
#include <filesystem>

namespace smtpd::transcript {

Folder::Folder() {
  const char* tmpdir = std::getenv("TMPDIR");
  for (const std::string& parent :
       {std::string("/dev/shm"), std::string(tmpdir ? tmpdir : ""), std::string("/tmp")}) {
    std::string name = parent + "/smtpd-test-XXXXXX";
    if (parent.empty() || !::mkdtemp(name.data())) continue;
    path_ = std::move(name);
    return;
  }
}

Folder::~Folder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace smtpd::transcript
