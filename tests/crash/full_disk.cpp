#include "tests/crash/full_disk.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "lib/base/error.hpp"
#include "tests/crash/judge.hpp"
#include "tests/support/folder.hpp"

namespace smtpd::crash {
namespace {

using transcript::Folder;

/// A file system in memory while the object lives.
class SmallDisk {
 public:
  /// `options` are tmpfs's: `size=64k`, `nr_inodes=5`.
  SmallDisk(std::string path, const std::string& options) : path_(std::move(path)) {
    mounted_ = ::mount("smtpd-test", path_.c_str(), "tmpfs", MS_NOSUID | MS_NODEV,
                       ("mode=700," + options).c_str()) == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  void enlarge() const {
    ::mount("smtpd-test", path_.c_str(), "tmpfs", MS_REMOUNT | MS_NOSUID | MS_NODEV,
            "mode=700,size=64m,nr_inodes=1000");
  }

 private:
  std::string path_;
  bool mounted_;
};

bool was_told(const Outcome& outcome, std::string_view code) {
  return std::ranges::any_of(outcome.dialogue, [&](const std::string& line) {
    return line.starts_with("S: " + std::string(code));
  });
}

/// A kind of room, of which each level has a little more than the one before.
struct Room {
  std::string name, directory;  ///< where the small file system is
  std::string_view option;      ///< of tmpfs, before the number
  std::string_view rest;        ///< and behind it
  unsigned first, last, step;
  std::string_view code;  ///< when the room is not enough
};

/// True if everything was delivered at once.
bool deliver_into(const Setup& setup, const Scenario& scenario, const Room& room, unsigned level) {
  const std::string title = room.name + ", " + std::string(room.option) + std::to_string(level);
  const Folder folder;
  if (const auto ready = prepare(scenario, folder.path()); !ready) {
    setup.report.add(title, {ready.error()});
    return false;
  }
  const SmallDisk disk(folder.path() + '/' + room.directory,
                       std::string(room.option) + std::to_string(level) + std::string(room.rest));
  const auto outcome = plain(setup.tools, scenario, folder.path());
  if (!disk.mounted() || !outcome) {
    setup.report.add(title, {"cannot mount or run"});
    return false;
  }
  std::vector<std::string> wrong = judge(scenario, folder.path(), {outcome->answers});
  if (!outcome->ended.empty() || outcome->left_waiting) wrong.emplace_back("no reply");
  for (const std::string& file : scenario.queue->leftovers(folder.path()))
    wrong.push_back("left behind: " + file);
  const bool complete = outcome->complete();
  if (!complete && !was_told(*outcome, room.code)) wrong.push_back("no " + std::string(room.code));
  if (!complete && outcome->log.find("No space left on device") == std::string::npos)
    wrong.emplace_back("the log does not say why");
  disk.enlarge();
  const auto again = plain(setup.tools, scenario, folder.path());
  if (!again || !again->complete()) wrong.emplace_back("not delivered when there is room");
  if (again) {
    for (std::string& what : judge(scenario, folder.path(), {outcome->answers, again->answers}))
      wrong.push_back("with room: " + what);
  }
  setup.report.add(title, wrong, &*outcome);
  return complete;
}

}  // namespace

void check_full_disk(const Setup& setup) {
  const std::string what = "full disks";
  if (::geteuid() != 0) return setup.report.skip(what, "they need root");
  // Nobody else sees these file systems, and they are gone with this process.
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return setup.report.skip(what, system_error("mounting").what);
  const std::vector<Scenario> all = scenarios();
  const Scenario& large = *std::ranges::find(all, "a message in memory", &Scenario::name);
  const Scenario& spooled = *std::ranges::find(all, "a large spooled message", &Scenario::name);
  const Scenario& several =
      *std::ranges::find(all, "two messages for three maildirs", &Scenario::name);
  const struct {
    const Scenario& scenario;
    Room room;
  } cases[] = {
      {large, {"a full maildir", "mail", "nr_inodes=1000,size=", "k", 4, 244, 16, "452 4.3.1"}},
      {several, {"no room for three", "mail", "nr_inodes=1000,size=", "k", 4, 48, 4, "452 4.3.1"}},
      {several, {"no more files", "mail", "size=64m,nr_inodes=", "", 2, 26, 1, "452 4.3.1"}},
      {spooled, {"a full spool", "spool", "nr_inodes=1000,size=", "k", 4, 260, 32, "452 4.3.1"}},
  };
  for (const auto& [scenario, room] : cases) {
    unsigned delivered = 0, put_off = 0;
    for (unsigned level = room.first; level <= room.last; level += room.step)
      ++(deliver_into(setup, scenario, room, level) ? delivered : put_off);
    if (delivered == 0 || put_off == 0)
      setup.report.add(room.name, {"all levels are alike: the test shows nothing"});
  }
}

}  // namespace smtpd::crash
