#pragma once
/// Puts the lines of a log together to sessions.
#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tools/log/line.hpp"

namespace smtpd::log_tool {

/// What a plugin has said about a client, as a sign.
enum class Mark : std::uint8_t { pass, fail, tolerated, naughty, skip, error, would };
inline constexpr std::size_t mark_count = 7;

/// None if the line is no verdict of a plugin.
std::optional<Mark> mark_of(const LogLine& line);

struct Verdicts {
  std::string plugin;
  std::vector<Mark> marks;  ///< each once, in the order in which they came
};

struct SessionInfo {
  std::string key = {};   ///< process and session
  std::string id = {};    ///< of the session
  std::string time = {};  ///< of the first line, if it has one
  std::string client = {}, helo = {}, sender = {};
  std::vector<Verdicts> plugins = {};  ///< in the order in which they spoke
  std::uint64_t messages = 0, recipients = 0, refused = 0, octets = 0;
  std::string verdict = {};                 ///< HOOK/PLUGIN/VERDICT with commas between
  std::string user = {};                    ///< the last that has authenticated
  std::vector<std::string> strangers = {};  ///< senders that were refused, the first ones
  std::size_t more_strangers = 0;
  bool is_marked = false;    ///< by a line that was to be found
  std::string end = {};      ///< `quit`, `dropped` ...; empty for one whose end was not seen
  std::uint64_t number = 0;  ///< in the order in which sessions began
};

class Sessions {
 public:
  enum class Marking { no, yes };  ///< of the session that the line belongs to
  /// Takes a line. A session that it ends comes back; without an end, the one that has been silent
  /// longest, when there are too many.
  std::optional<SessionInfo> add(const LogLine& line, Marking marking = Marking::no);
  /// Those whose end was not seen, in the order in which they began.
  std::vector<SessionInfo> take_rest();

 private:
  static constexpr std::size_t most_open = 65'536;
  using Open = std::list<SessionInfo>;

  Open::iterator find(const LogLine& line, const std::string& key);
  SessionInfo close(Open::iterator session);

  Open open_;  // the one that spoke last is last
  std::unordered_map<std::string, Open::iterator> by_key_;
  // logging/adaptive may write the last line twice.
  std::array<std::string, 64> closed_;
  std::size_t next_closed_ = 0;
  std::uint64_t begun_ = 0;
};

}  // namespace smtpd::log_tool
