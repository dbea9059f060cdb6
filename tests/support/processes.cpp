#include "tests/support/processes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <vector>

#include "lib/base/unique_fd.hpp"

namespace smtpd::transcript {
namespace {

struct Pipe {
  UniqueFd read, write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace

std::set<std::string> all_at_once(int count, const std::function<std::string()>& make) {
  Pipe start = make_pipe();
  std::vector<std::pair<pid_t, UniqueFd>> children;
  for (int i = 0; i < count; ++i) {
    Pipe answer = make_pipe();
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("fork");
    if (child == 0) {
      start.write.reset();
      pollfd until_start{start.read.get(), POLLIN, 0};
      ::poll(&until_start, 1, -1);
      const std::string text = make();
      const bool written = ::write(answer.write.get(), text.data(), text.size()) ==
                           static_cast<ssize_t>(text.size());
      ::_exit(written ? 0 : 1);
    }
    children.emplace_back(child, std::move(answer.read));
  }
  start.write.reset();
  std::set<std::string> made;
  for (const auto& [child, answer] : children) {
    std::string text(4096, '\0');
    const ssize_t got = ::read(answer.get(), text.data(), text.size());
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    made.insert(text);
    ::waitpid(child, nullptr, 0);
  }
  return made;
}

}  // namespace smtpd::transcript
