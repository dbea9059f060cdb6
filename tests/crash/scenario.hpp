#pragma once
/// What is delivered, and where to: the table of sessions that the crash tests run.
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/crash/queue.hpp"

namespace smtpd::crash {

/// A change to a system call, as strace writes it: `fsync`, `error=EIO`, `3`.
struct Injection {
  std::string calls;      ///< one name, or several with commas
  std::string what;       ///< `error=EIO`, `signal=KILL`
  std::string when = {};  ///< `3`: the third call, `3+`: it and all after it, empty: all
  std::string text() const;
};

struct Scenario {
  std::string name;
  std::map<std::string, std::string> config = {};  ///< besides me, rcpthosts, spool_dir
  std::vector<Message> messages = {};              ///< sent in one session
  std::shared_ptr<const Queue> queue = {};
  std::vector<std::string> directories = {};  ///< that are there beforehand, below the folder
  std::vector<Injection> always = {};         ///< what the system cannot do
};

std::vector<Scenario> scenarios();

/// Writes the configuration and makes the directories in an empty folder. Errors: a sentence.
std::expected<void, std::string> prepare(const Scenario& scenario, const std::string& folder);

}  // namespace smtpd::crash
