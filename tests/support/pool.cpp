#include "tests/support/pool.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "lib/base/unique_fd.hpp"
#include "tests/support/folder.hpp"

namespace smtpd::transcript {
namespace {

/// A file whose process runs.
struct Job {
  std::string path;
  Folder folder = {};
  pid_t process = -1;
  UniqueFd pipe = {};
  std::string answer = {};  // the kind's octet and the text
};

[[noreturn]] void work(const Pool& pool, const Job& job, int answer) {
  ::alarm(pool.patience);
  ::umask(022);  // configuration that others can write would be refused
  const Result result = pool.work(job.path, job.folder.path());
  const std::string text = static_cast<char>(result.kind) + result.text;
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t written = ::write(answer, rest.data(), rest.size());
    if (written <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  std::exit(0);  // not _exit: sanitizers and coverage report at the end
}

Job start(const Pool& pool, const std::string& path) {
  Job job{path};
  std::array<int, 2> ends{-1, -1};
  if (job.folder.path().empty() || ::pipe2(ends.data(), O_CLOEXEC) != 0) return job;
  job.pipe.reset(ends[0]);
  const UniqueFd answer(ends[1]);
  std::fflush(nullptr);  // or the child would write it again
  job.process = ::fork();
  if (job.process == 0) work(pool, job, answer.get());
  return job;
}

/// True once the job's process has closed its end.
bool read_answer(Job& job) {
  std::array<char, 65536> buffer;
  const ssize_t got = ::read(job.pipe.get(), buffer.data(), buffer.size());
  if (got > 0) job.answer.append(buffer.data(), static_cast<std::size_t>(got));
  return got == 0 || (got < 0 && errno != EINTR);
}

Result result_of(const Job& job) {
  if (job.process < 0) return failed(job.path, {0, "no folder or no process for it"});
  int status = 0;
  while (::waitpid(job.process, &status, 0) < 0 && errno == EINTR) {
  }
  Result result;
  if (!job.answer.empty())
    result = {static_cast<Result::Kind>(job.answer[0]), job.answer.substr(1)};
  if (status == 0 && !job.answer.empty()) return result;
  std::string what = "its process ended with exit code " + std::to_string(WEXITSTATUS(status));
  if (WIFSIGNALED(status))
    what = std::string("its process was killed by SIG") + ::sigabbrev_np(WTERMSIG(status));
  if (result.kind == Result::Kind::skipped) result.text.clear();
  return {Result::Kind::failed, result.text + failed(job.path, {0, what}).text};
}

void finish(const Pool& pool, Job& job) {
  Result result = result_of(job);
  if (pool.keep && result.kind == Result::Kind::failed)
    result.text += "  folder: " + job.folder.path() + '\n';
  if (pool.keep) job.folder.keep();
  pool.report(job.path, result);
}

}  // namespace

void Pool::run(const std::vector<std::string>& paths) const {
  std::vector<Job> running;
  for (auto next = paths.begin(); next != paths.end() || !running.empty();) {
    while (next != paths.end() && running.size() < jobs) running.push_back(start(*this, *next++));
    std::vector<pollfd> entries;
    for (const Job& job : running) entries.push_back({job.pipe.get(), POLLIN, 0});
    const bool any_without_pipe =
        std::ranges::any_of(running, [](const Job& job) { return !job.pipe; });
    ::poll(entries.data(), entries.size(), any_without_pipe ? 0 : -1);
    for (std::size_t i = running.size(); i-- > 0;) {
      const bool ended = !running[i].pipe || (entries[i].revents != 0 && read_answer(running[i]));
      if (!ended) continue;
      finish(*this, running[i]);
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

}  // namespace smtpd::transcript
