/// `transcripts`: runs `*.smtp` files in process or against the real binary.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <thread>

#include "lib/base/module.hpp"
#include "lib/base/text.hpp"
#include "tests/support/black_box.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/in_process.hpp"
#include "tests/support/pool.hpp"
#include "tests/support/program.hpp"
#include "tests/support/simulated.hpp"

namespace {

using namespace smtpd::transcript;
namespace fs = std::filesystem;

constexpr const char* usage =
    "usage: transcripts [--in-process|--black-box|--static|--simulated] [--binary FILE] [--plugins "
    "DIR] "
    "[--program-dir "
    "DIR]\n"
    "                   [--jobs N] [--keep] [--filter TEXT] FILE|DIRECTORY...\n"
    "  (installed, it is smtpd-transcripts)\n"
    "  --in-process       the server runs in this program (default)\n"
    "  --black-box        the server is the binary: ./smtpd, the one that is installed with\n"
    "                     this program, or --binary FILE\n"
    "  --static           as --black-box; the binary is static and loads no modules\n"
    "  --simulated        as --black-box; then each session that can be one by smtpd --simulate\n"
    "  --plugins DIR      ${plugins}: where the test plugins' modules are\n"
    "  --program-dir DIR  in process: where the server looks for its own modules (default: .,\n"
    "                     or where the installed server is)\n"
    "  --jobs N           so many files at once (default: one a processor)\n"
    "  --keep             leave each file's $TMP\n"
    "  --filter TEXT      only files whose path contains TEXT\n";

/// The directory of the server that is installed with this program: of /usr/bin/smtpd-transcripts
/// it is /usr/sbin. In a checkout: its top directory.
std::string server_directory() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  const fs::path installed = self.parent_path().parent_path() / "sbin";
  return fs::exists(installed / "smtpd", error) ? installed.string() : ".";
}

struct Arguments {
  enum class How { in_process, black_box, is_static, simulated } how = How::in_process;
  bool keep = false;
  std::string program_directory = server_directory();
  std::string binary = program_directory + "/smtpd", plugins = {}, filter = {};
  std::size_t jobs = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::string> paths = {};
};

/// Errors: a sentence.
std::expected<Arguments, std::string> read_arguments(std::vector<std::string> words) {
  Arguments arguments;
  std::string jobs = std::to_string(arguments.jobs);
  const std::map<std::string, std::string*> values{{"--binary", &arguments.binary},
                                                   {"--plugins", &arguments.plugins},
                                                   {"--program-dir", &arguments.program_directory},
                                                   {"--filter", &arguments.filter},
                                                   {"--jobs", &jobs}};
  const std::map<std::string, Arguments::How> hows{{"--in-process", Arguments::How::in_process},
                                                   {"--black-box", Arguments::How::black_box},
                                                   {"--static", Arguments::How::is_static},
                                                   {"--simulated", Arguments::How::simulated}};
  for (auto word = words.begin(); word != words.end(); ++word) {
    const auto value = values.find(*word);
    if (value != values.end()) {
      if (++word == words.end()) return std::unexpected(value->first + " needs a value");
      *value->second = *word;
    } else if (const auto how = hows.find(*word); how != hows.end()) {
      arguments.how = how->second;
    } else if (*word == "--keep") {
      arguments.keep = true;
    } else if (word->starts_with('-')) {
      return std::unexpected("unknown option " + *word);
    } else {
      arguments.paths.push_back(*word);
    }
  }
  const auto count = smtpd::to_number(jobs);
  if (!count || *count == 0 || *count > 1000)
    return std::unexpected("--jobs needs a number from 1 to 1000");
  arguments.jobs = static_cast<std::size_t>(*count);
  if (arguments.paths.empty()) return std::unexpected("no file");
  return arguments;
}

/// Files as they are, of directories every *.smtp below, sorted. Errors: what does not exist.
std::expected<std::vector<std::string>, std::string> transcripts_in(const Arguments& arguments) {
  std::vector<std::string> found;
  for (const std::string& path : arguments.paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      if (!fs::exists(path, error)) return std::unexpected(path + ": no such file");
      found.push_back(path);
    }
    for (fs::recursive_directory_iterator entry(path, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->path().extension() == ".smtp") found.push_back(entry->path());
    }
  }
  std::erase_if(found,
                [&](const std::string& path) { return path.find(arguments.filter) == path.npos; });
  std::ranges::sort(found);
  if (found.empty()) return std::unexpected("no transcript found");
  return found;
}

std::unique_ptr<Driver> make_driver(const Arguments& arguments, const std::string& tally) {
  using How = Arguments::How;
  switch (arguments.how) {
    case How::black_box: return std::make_unique<BlackBox>(arguments.binary);
    case How::is_static:
      return std::make_unique<BlackBox>(arguments.binary, BlackBox::Binary::is_static);
    case How::simulated: return std::make_unique<Simulated>(arguments.binary, tally);
    default:
      smtpd::set_program_directory(arguments.program_directory);
      return std::make_unique<InProcess>(smtpd::serve);
  }
}

/// Counts results, shows failures as they come and what is going on if somebody watches.
class Console {
 public:
  explicit Console(std::size_t files) : files_(files) {}

  void report(const std::string& path, const Result& result) {
    if (watched_) std::fputs("\r\x1b[K", stdout);
    if (result.kind == Result::Kind::failed) std::fputs(result.text.c_str(), stdout);
    if (result.kind == Result::Kind::failed) ++failed_;
    if (result.kind == Result::Kind::passed) ++passed_;
    if (result.kind == Result::Kind::skipped) ++skipped_[result.text];
    const std::size_t done = ++done_;
    if (watched_) std::printf("[%zu/%zu] %s", done, files_, path.substr(0, 70).c_str());
    std::fflush(stdout);
  }

  /// The last line. Returns the exit code.
  int summary(std::string_view driver) const {
    std::size_t skipped = 0;
    std::string reasons;
    for (const auto& [reason, count] : skipped_) {
      skipped += count;
      reasons += (reasons.empty() ? " (" : ", ") + std::to_string(count) + ' ' + reason;
    }
    if (!reasons.empty()) reasons += ')';
    if (watched_) std::fputs("\r\x1b[K", stdout);
    std::printf("transcripts (%.*s): %zu passed, %zu failed, %zu skipped%s\n",
                static_cast<int>(driver.size()), driver.data(), passed_, failed_, skipped,
                reasons.c_str());
    return failed_ == 0 ? 0 : 1;
  }

 private:
  const bool watched_ = ::isatty(STDOUT_FILENO) == 1;
  std::size_t files_, done_ = 0, passed_ = 0, failed_ = 0;
  std::map<std::string, std::size_t> skipped_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2 && std::string_view(argv[1]) == "--program")
    return be_program(argv[2], {argv + 3, argv + argc});
  const auto arguments = read_arguments({argv + 1, argv + argc});
  if (!arguments) {
    std::fprintf(stderr, "transcripts: %s\n%s", arguments.error().c_str(), usage);
    return 2;
  }
  const auto paths = transcripts_in(*arguments);
  if (!paths) {
    std::fprintf(stderr, "transcripts: %s\n", paths.error().c_str());
    return 2;
  }
  const Folder folder;
  const std::string tally = folder.path() + "/tally";
  const auto driver = make_driver(*arguments, tally);
  const std::string plugins =
      arguments->plugins.empty() ? "" : fs::absolute(arguments->plugins).string();
  Console console(paths->size());
  Pool pool{.jobs = arguments->jobs, .keep = arguments->keep};
  pool.work = [&](const std::string& path, const std::string& tmp) {
    return run(path, *driver, {tmp, plugins});
  };
  pool.report = [&](const std::string& path, const Result& result) {
    console.report(path, result);
  };
  pool.run(*paths);
  for (const auto& [what, count] : Simulated::counts(tally))
    std::printf("sessions: %s: %zu\n", what.c_str(), count);
  return console.summary(driver->name());
}
