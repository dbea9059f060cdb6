#pragma once
/// A fresh folder for a test, in memory where that is possible; it goes with its owner.
#include <string>
#include <utility>

namespace smtpd::transcript {

class Folder {
 public:
  /// Under /dev/shm, $TMPDIR or /tmp, the first that takes it; the path is empty if none does.
  Folder();
  Folder(Folder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Folder& operator=(Folder&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~Folder();

  const std::string& path() const { return path_; }
  /// Leaves it behind.
  void keep() { path_.clear(); }

 private:
  std::string path_;
};

}  // namespace smtpd::transcript
