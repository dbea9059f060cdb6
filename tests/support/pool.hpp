#pragma once
/// Runs transcripts in parallel, each in a process and a folder of its own: a crash is one file's
/// failure.
#include <functional>
#include <string>
#include <vector>

#include "tests/support/run.hpp"

namespace smtpd::transcript {

struct Pool {
  using Work = std::function<Result(const std::string& path, const std::string& tmp)>;
  using Report = std::function<void(const std::string& path, const Result& result)>;

  std::size_t jobs = 1;
  unsigned patience = 120;  ///< seconds after which a file's process is killed
  bool keep = false;        ///< leave the folders, and name them where a file fails
  Work work = {};           ///< called in the file's process
  Report report = {};       ///< called here, in the order in which files end

  void run(const std::vector<std::string>& paths) const;
};

}  // namespace smtpd::transcript
