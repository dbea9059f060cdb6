#pragma once
/// posix_spawn's lists.
#include <spawn.h>

#include <string>
#include <vector>

namespace smtpd::io {

struct FileActions {
  posix_spawn_file_actions_t list{};
  FileActions() { ::posix_spawn_file_actions_init(&list); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { ::posix_spawn_file_actions_destroy(&list); }
};

struct Attributes {
  posix_spawnattr_t list{};
  Attributes() { ::posix_spawnattr_init(&list); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { ::posix_spawnattr_destroy(&list); }
};

/// Texts as the arguments or the environment of a program: pointers, the last one null.
class PointerList {
 public:
  explicit PointerList(std::vector<std::string> texts) : texts_(std::move(texts)) { point(); }
  PointerList(const std::string& first, const std::vector<std::string>& others) : texts_{first} {
    texts_.insert(texts_.end(), others.begin(), others.end());
    point();
  }
  PointerList(const PointerList&) = delete;
  PointerList& operator=(const PointerList&) = delete;
  ~PointerList() = default;
  char* const* get() const { return pointers_.data(); }

 private:
  void point() {
    for (std::string& text : texts_) pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
  }
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

}  // namespace smtpd::io
