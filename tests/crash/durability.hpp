#pragma once
/// What would be left of the files after a power failure, told from a trace.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/crash/queue.hpp"
#include "tests/crash/trace.hpp"

namespace smtpd::crash {

/// A file system that keeps nothing but what was synced: the content of a file with fsync of the
/// file, its name with fsync of the directory that holds it. What was there before is safe.
class Durability {
 public:
  /// `folder` is where the tests' files are; calls outside are not looked at.
  Durability(const Queue& queue, std::string folder) : queue_(queue), folder_(std::move(folder)) {}

  /// Follows a session. May be called for one after the other: a process that was killed has
  /// synced nothing more.
  void follow(const std::vector<Call>& calls);
  /// Each message that became visible before its content was safe, and each 250 for a message that
  /// a power failure would have taken away, as sentences.
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  void open(const Call& call);
  void write(const Call& call);
  void sync(const Call& call);
  void rename(const Call& call);
  void make_directory(const Call& call);
  void remove(const Call& call);
  void answer(const Call& call);
  void check_durable(const std::string& path);
  void add_name(const std::string& path);
  bool inside(std::string_view path) const { return path.starts_with(folder_ + '/'); }
  void fault(std::string what) { faults_.push_back(std::move(what)); }

  const Queue& queue_;
  std::string folder_;
  std::set<std::string> unsafe_content_;  // paths of files
  std::set<std::string> unsafe_names_;    // paths of files and directories
  std::set<std::string> visible_;         // messages that this model has seen come
  std::vector<std::string> faults_;
  bool in_message_ = false;  // 354 was sent
};

}  // namespace smtpd::crash
