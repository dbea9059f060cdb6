/// Whole sessions from octets, cut and delayed as the input says, with configurations from which it
/// chooses: every command gets its reply, and the queue has what was accepted.
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "lib/plugin/plugin.hpp"
#include "lib/server/server.hpp"
#include "tests/fuzz/dialogue.hpp"
#include "tests/fuzz/support.hpp"
#include "tests/fuzz/surroundings.hpp"
#include "tests/support/closed_services.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"

namespace smtpd::fuzz {
namespace {

using LineEnds = DotDecoder::LineEnds;

constexpr std::size_t longest_input = 64 * 1024;

// --- configurations
// --------------------------------------------------------------------------------

struct ConfigFile {
  std::string_view key, text;
};

struct Variant {
  std::array<ConfigFile, 16> files = {};  ///< beside those that all have
  LineEnds line_ends = LineEnds::strict;
  bool scripted = false;
  bool adds_only_received = true;
  bool any_verdict = false;
  std::size_t longest_line = 20000;
  std::size_t largest = SIZE_MAX;
};

constexpr std::array<ConfigFile, 5> common{{{"me", "mx.test"},
                                            {"rcpthosts", "example.com"},
                                            {"me-auth-results", "none"},
                                            {"loglevel", "7"},
                                            {"max_text_line", "20000"}}};
const std::array variants{
    Variant{.files = {{{"plugins", "rcpt_ok\nfuzz_queue"}}}},
    Variant{.files = {{{"plugins",
                        "earlytalker wait 1 check-at CONNECT check-at DATA\npipeline_sync\n"
                        "count_unrecognized_commands 4\nrelay\nrcpt_ok\nfuzz_queue"}}}},
    Variant{.files = {{{"plugins", "rcpt_ok\nfuzz_queue"},
                       {"databytes", "1500"},
                       {"size_threshold", "100"},
                       {"max_command_line", "512"},
                       {"max_text_line", "1000"},
                       {"max_header", "1000"},
                       {"max_recipients", "3"},
                       {"max_hops", "3"},
                       {"max_junk", "5"},
                       {"max_errors", "5"},
                       {"max_commands", "30"},
                       {"timeoutsmtpd", "30"},
                       {"session_timeout", "300"}}},
            .longest_line = 1000,
            .largest = 1500},
    Variant{.files = {{{"plugins", "rcpt_ok\nfuzz_queue"},
                       {"bare_newline", "normalize"},
                       {"lenient_line_ends", "commands"}}},
            .line_ends = LineEnds::normalize},
    Variant{.files = {{{"plugins", "rcpt_ok\nfuzz_queue"}}},
            .line_ends = LineEnds::any,
            .scripted = true},
    Variant{.files = {{{"plugins", "fuzz_verdicts\nrcpt_ok\nfuzz_queue"}}}, .any_verdict = true},
    Variant{.files = {{{"plugins",
                        "parse_addr_withhelo\ndont_require_anglebrackets\nnoop_counter 3\n"
                        "rcpt_ok\nheaders require From,Date past 1 future 1 reject 1\n"
                        "bogus_bounce deny\nloop 3\nfuzz_queue"}}},
            .adds_only_received = false},
};

/// The folder of a variant's configuration; made when it is first asked for.
const std::string& config_of(const Variant& variant) {
  static const transcript::Folder folder;
  static std::array<std::string, variants.size()> made;
  std::string& path = made[static_cast<std::size_t>(&variant - variants.data())];
  if (!path.empty()) return path;
  path = folder.path() + '/' + std::to_string(&variant - variants.data());
  const auto write = [&](std::string_view key, std::string_view text) {
    const std::string file = path + '/' + std::string(key);
    const bool written = transcript::write_file(file, std::string(text) + '\n').has_value();
    require(written, "the fuzzer cannot write");
  };
  for (const ConfigFile& file : common) write(file.key, file.text);
  write("spool_dir", folder.path() + "/spool");
  for (const ConfigFile& file : variant.files) {
    if (!file.key.empty()) write(file.key, file.text);
  }
  return path;
}

// --- what the plugins work with
// -------------------------------------------------------------------------------------

/// What the plugins of this file work with.
struct Run {
  Dialogue dialogue = {};
  Dice verdicts{0};
  std::string_view texts;  ///< from which refusals are cut
};
Run* current = nullptr;

/// The client. `events` 0: it writes all it has and closes; others: it is slow, goes away, does not
/// read.
class Client final : public io::Stream {
 public:
  Client(std::string_view octets, Dialogue& dialogue, FakeClock& clock, Splitter splitter,
         unsigned events)
      : octets_(octets),
        dialogue_(dialogue),
        clock_(clock),
        splitter_(splitter),
        dice_(events),
        eventful_(events != 0) {}

  std::expected<std::size_t, Error> read(std::span<char> buffer, Deadline deadline,
                                         Interrupt interrupt) override {
    require(!deadline.is_never() && !buffer.empty(), "a read has a deadline and room");
    require(!dialogue_.read_ended, "nothing is read behind the end");
    switch (eventful_ ? dice_.roll(64) : 63) {
      case 0: clock_.move_to(deadline.when()); return failed(Errc::timeout);
      case 1: return failed(Errc::io);
      case 2:
        if (interrupt != Interrupt::no) return failed(Errc::stopped);
        break;
      case 3:
      case 4: clock_.move_to(clock_.now() + seconds(dice_.roll(20))); break;
      default: break;
    }
    if (deadline.passed(clock_.now())) return failed(Errc::timeout);
    if (octets_.empty()) {
      dialogue_.read_ended = true;
      return 0;
    }
    const std::size_t length = std::min(splitter_.next(octets_.size()), buffer.size());
    std::ranges::copy(octets_.substr(0, length), buffer.begin());
    dialogue_.input += octets_.substr(0, length);
    octets_.remove_prefix(length);
    return length;
  }

  std::expected<void, Error> write(std::string_view octets, Deadline deadline) override {
    require(!deadline.is_never() && !octets.empty(), "a write has a deadline and octets");
    require(!dialogue_.write_failed, "nothing is written behind a failure");
    if (eventful_ && dice_.roll(256) == 0) {
      dialogue_.write_failed = true;
      return std::unexpected(Error{Errc::closed, "the client is gone"});
    }
    dialogue_.output += octets;
    return {};
  }

  io::Input wait_for_input(Deadline deadline) override {
    require(!deadline.is_never(), "a look has a deadline");
    if (eventful_ && dice_.roll(2) == 0) return octets_.empty() ? io::Input::end : io::Input::data;
    clock_.move_to(deadline.when());
    return io::Input::silent;
  }

 private:
  std::unexpected<Error> failed(Errc code) {
    dialogue_.read_ended = true;
    return std::unexpected(Error{code, "the client"});
  }

  std::string_view octets_;
  Dialogue& dialogue_;
  FakeClock& clock_;
  Splitter splitter_;
  Dice dice_;
  bool eventful_;
};

// --- plugins
// ---------------------------------------------------------------------------------------

/// Takes most messages, and remembers what it took.
class FuzzQueue final : public Plugin {
 public:
  using Plugin::Plugin;

  Result on_queue(Transaction& txn) {
    require(txn.sender.has_value() && !txn.recipients.empty(), "a message has an envelope");
    for (const Recipient& rcpt : txn.recipients) {
      const std::string& host = rcpt.address.host();
      require(host == "example.com" || host == "mx.test" || host.empty(),
              "no message for another's domain");
    }
    switch (current->verdicts.roll(8)) {
      case 0: return denysoft("no room");
      case 1: return deny();
      case 2: return declined();
      default: break;
    }
    Queued queued;
    txn.header.append_to(queued.header);
    const auto read = txn.body().each_piece([&](std::string_view piece) {
      queued.body += piece;
      return true;
    });
    require(read && queued.body.size() == txn.body().size(), "the body can be read");
    current->dialogue.queued.push_back(std::move(queued));
    return ok(txn.queued_text());
  }
};
SMTPD_PLUGIN(FuzzQueue, "fuzz_queue", queue)

/// Answers anything to every hook. A message is refused by it, never accepted.
class FuzzVerdicts final : public Plugin {
 public:
  using Plugin::Plugin;

  Result on_pre_connection(const PreConnection&) { return seldom(); }
  Result on_connect(Connection&) { return seldom(); }
  Result on_helo(Connection&, const Hello&) { return any(); }
  Result on_ehlo(Connection&, const Hello&) { return any(); }
  Result on_mail(Transaction&, const Address&, const Parameters&) { return any(); }
  Result on_rcpt(Transaction&, const Address&, const Parameters&) { return refusal(); }
  Result on_data(Transaction&) { return any(); }
  Result on_data_headers_end(Transaction&) { return refusal(); }
  Result on_data_post_headers(Transaction&) { return refusal(); }
  Result on_data_post(Transaction&) { return refusal(); }
  Result on_queue_pre(Transaction&) { return refusal(); }
  Result on_vrfy(Connection&, const CommandLine&) { return any(); }
  Result on_noop(Connection&, const CommandLine&) { return any(); }
  Result on_help(Connection&, const CommandLine&) { return any(); }
  Result on_quit(Connection&, const CommandLine&) { return farewell(); }
  Result on_unrecognized_command(Connection&, const CommandLine&) { return any(); }

 private:
  static Dice& dice() { return current->verdicts; }
  static std::string text() {
    const std::string_view all = current->texts;
    return std::string(all.substr(dice().roll(all.size() + 1), dice().roll(2000)));
  }
  static Result seldom() { return dice().roll(16) == 0 ? refusal() : declined(); }
  static Result refusal() {
    switch (dice().roll(16)) {
      case 0: return deny(text());
      case 1: return denysoft(text());
      case 2: return deny_disconnect(text());
      case 3: return denysoft_disconnect(text());
      default: return declined(text());
    }
  }
  /// The session ends with it, so its code says so.
  static Result farewell() {
    return dice().roll(4) == 0 ? done({.code = 221, .text = text()}) : refusal();
  }
  static Result any() {
    switch (dice().roll(12)) {
      case 0: return ok(text());
      case 1: return done({.code = 250, .text = text()});
      case 2: return done({.code = 450, .text = text()});
      case 3: return done_disconnect({.code = 550, .text = text()});
      default: return refusal();
    }
  }
};
SMTPD_PLUGIN(FuzzVerdicts, "fuzz_verdicts", pre_connection, connect, helo, ehlo, mail, rcpt, data,
             data_headers_end, data_post_headers, data_post, queue_pre, vrfy, noop, help, quit,
             unrecognized_command)

Environment environment_of(const Variant& variant) {
  std::map<std::string, std::string> variables;
  if (!variant.scripted) variables = {{"TCPREMOTEIP", "192.0.2.7"}, {"TCPREMOTEHOST", "c.test"}};
  return Environment(std::move(variables));
}

}  // namespace
}  // namespace smtpd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtpd;
  using namespace smtpd::fuzz;
  if (size > longest_input) return -1;
  Input input(data, size);
  const Variant& variant = variants[input.octet() % variants.size()];
  const Splitter splitter(input.octet());
  const unsigned events = input.octet();
  Run run{.verdicts = Dice(input.octet()), .texts = input.rest()};
  current = &run;
  run.dialogue.line_ends = variant.line_ends;
  run.dialogue.longest_line = variant.longest_line;
  run.dialogue.largest = variant.largest;
  run.dialogue.adds_only_received = variant.adds_only_received;
  run.dialogue.any_verdict = variant.any_verdict;
  FakeClock clock;
  Client client(input.rest(), run.dialogue, clock, splitter, events);
  Sink log;
  transcript::ClosedServices closed(clock, log, environment_of(variant));
  const int code =
      serve({.config_dir = config_of(variant)},
            {.stream = client,
             .socket = variant.scripted ? std::nullopt : std::optional(SocketAddresses())},
            closed.services());
  require(code == 0, "the exit code");
  check(run.dialogue);
  return 0;
}
