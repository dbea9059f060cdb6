/// A whole session whose plugins ask the DNS, with answers made of the input: whatever comes, the
/// session goes on, and what gives no answer refuses nobody for good.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/text.hpp"
#include "lib/server/server.hpp"
#include "lib/services/resolver.hpp"
#include "tests/fuzz/support.hpp"
#include "tests/fuzz/surroundings.hpp"
#include "tests/support/closed_services.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"

namespace smtpd::fuzz {
namespace {

constexpr std::size_t longest_input = 16 * 1024;

constexpr std::array<std::pair<std::string_view, std::string_view>, 11> files{
    {{"me", "mx.test"},
     {"rcpthosts", "example.com"},
     {"loglevel", "7"},
     {"resolver", "server 127.0.0.1:5353\ntimeout 0.3"},
     {"dnsbl_zones", "bl.test\nkeys.test codes=127.0.0.2-11 weight=2\nwl.test weight=-1"},
     {"rhsbl_zones", "rhs.test\nrhsbl.test mask=6"},
     {"uribl_zones", "uri.test names\nurl.test 2,4 deny"},
     {"whitelist_zones", "good.test codes=127.0.*.1-3"},
     {"invalid_resolvable_fromhost", "10.0.0.0/8\nfe80::/10"},
     {"plugins",
      "fcrdns reject 1 reject_type perm\nhelo policy strict reject_type perm\ndns_whitelist_soft\n"
      "dnsbl at rcpt\nresolvable_fromhost reject_type perm\nrhsbl\nrcpt_ok\nuribl action deny "
      "scan-headers 1\nqueue/smtp_forward next.test mx 1"},
     {"dnsbl_allow", "198.51.100.0/24"}}};

constexpr std::string_view client_says =
    "EHLO client.test\r\n"
    "MAIL FROM:<a@sender.test>\r\nRCPT TO:<u@example.com>\r\nDATA\r\n"
    "Subject: http://subject.test/\r\nContent-Type: text/html\r\n\r\n"
    "<a href=\"http://www.link.test/\">http://192.0.2.9/</a> other.example.net\r\n.\r\n"
    "MAIL FROM:<b@[192.0.2.1]>\r\nRCPT TO:<u@example.com>\r\n"
    "RSET\r\nMAIL FROM:<c@sender.test>\r\nRCPT TO:<u@example.com>\r\nQUIT\r\n";

const std::string& config_directory() {
  static const transcript::Folder folder;
  static const std::string path = [] {
    for (const auto& [key, text] : files) {
      const std::string file = folder.path() + '/' + std::string(key);
      require(transcript::write_file(file, std::string(text) + '\n').has_value(),
              "the fuzzer cannot write");
    }
    require(transcript::write_file(folder.path() + "/spool_dir", folder.path() + "/spool\n")
                .has_value(),
            "the fuzzer cannot write");
    return folder.path();
  }();
  return path;
}

/// Sends one line after the other, and keeps what comes.
class Client final : public io::Stream {
 public:
  std::expected<std::size_t, Error> read(std::span<char> buffer, Deadline, Interrupt) override {
    const std::size_t line = std::min(left_.find('\n') + 1, left_.size());
    const std::size_t length = std::min(line, buffer.size());
    std::ranges::copy(left_.substr(0, length), buffer.begin());
    left_.remove_prefix(length);
    return length;
  }
  std::expected<void, Error> write(std::string_view octets, Deadline) override {
    replies_ += octets;
    return {};
  }
  io::Input wait_for_input(Deadline) override { return io::Input::data; }
  const std::string& replies() const { return replies_; }

 private:
  std::string_view left_ = client_says;
  std::string replies_;
};

/// Answers with what the input has: for each question how (an octet), then the records.
class FuzzTransport final : public dns::Transport {
 public:
  FuzzTransport(Input& input, FakeClock& clock, bool no_answers)
      : input_(input), clock_(clock), no_answers_(no_answers) {}

  void send(std::size_t server, std::string_view message, std::uint32_t ticket) override {
    const unsigned how = input_.octet();
    if (how == 0 || (no_answers_ && how % 2 == 0)) return;  // silence
    if (how == 1) {
      arrivals_.push_back({.ticket = ticket, .server = server, .octets = {}, .why = "nobody"});
      return;
    }
    arrivals_.push_back(
        {.ticket = ticket, .server = server, .octets = answer_to(std::string(message), how)});
  }
  std::vector<Arrival> receive() override { return std::exchange(arrivals_, {}); }
  void wait(Deadline until) override {
    require(!until.is_never(), "a wait has a deadline");
    if (arrivals_.empty()) clock_.move_to(until.when());
  }
  std::span<pollfd> descriptors() override { return {}; }

 private:
  /// The question with id, and records from the input behind it. How: the lowest bits the outcome
  /// (RCODE), then the number of records.
  std::string answer_to(std::string message, unsigned how) {
    constexpr std::size_t header = 12, tail = 4;
    const std::size_t end = message.find('\0', header);
    require(end != message.npos && end + tail < message.size(), "a question is well-formed");
    message.resize(end + 1 + tail);
    message[2] = static_cast<char>('\x81' | (message[2] & 1));
    constexpr unsigned servfail = 2;
    message[3] = static_cast<char>(0x80U | (no_answers_ ? servfail : how & 0x0fU));
    std::fill(message.begin() + 6, message.begin() + header, '\0');
    message[7] = static_cast<char>(how >> 4U);
    for (unsigned i = 0; i < how >> 4U; ++i) append_record(message);
    return message;
  }
  void append_record(std::string& message) {
    constexpr std::string_view pointer{"\xc0\x0c", 2};  // to the question's name
    const unsigned kind = input_.octet(), length = input_.octet() % 64;
    message += pointer;
    constexpr std::array<unsigned, 8> types{1, 28, 12, 15, 16, 5, 2, 52};
    message.append({'\0', static_cast<char>(types[kind % types.size()]), '\0', '\1'});
    message.append({'\0', '\0', '\0', static_cast<char>(kind), '\0', static_cast<char>(length)});
    for (unsigned i = 0; i < length; ++i) message += static_cast<char>(input_.octet());
  }

  Input& input_;
  FakeClock& clock_;
  bool no_answers_;
  std::vector<Arrival> arrivals_;
};

class FuzzDns final : public ResolverSource {
 public:
  FuzzDns(Input& input, FakeClock& clock, bool no_answers)
      : input_(input), clock_(clock), no_answers_(no_answers) {}
  std::expected<dns::Resolver*, Error> get(Config& config, Log& log) override {
    if (made_) return made_.get();
    auto settings = dns::read_settings(config, "/nonexistent/resolv.conf");
    if (!settings) return std::unexpected(settings.error());
    made_ = std::make_unique<dns::Resolver>(dns::Resolver::Parts{
        *std::move(settings), std::make_unique<FuzzTransport>(input_, clock_, no_answers_), clock_,
        log});
    return made_.get();
  }

 private:
  Input& input_;
  FakeClock& clock_;
  bool no_answers_;
  std::unique_ptr<dns::Resolver> made_;
};

/// Each line is a reply, in its form; without answers none of them is a refusal for good.
void judge(const std::string& replies, bool no_answers) {
  std::size_t count = 0;
  for (std::string_view line : split(replies, '\n')) {
    if (line.empty()) continue;
    ++count;
    require(line.ends_with('\r'), "a reply ends in CRLF");
    line.remove_suffix(1);
    require(line.size() >= 4 && is_digit(line[0]) && is_digit(line[1]) && is_digit(line[2]) &&
                (line[3] == ' ' || line[3] == '-'),
            "a reply has a code");
    require(line.size() <= 510 && std::ranges::none_of(line, is_control), "a line of a reply");
    require(line[0] != '3' || line.starts_with("354"), "a reply to DATA");
    // 503 is the client's: it goes on as if it had not been put off.
    if (no_answers)
      require(line[0] != '5' || line.starts_with("503") || line.starts_with("500"),
              "no answer refuses nobody for good");
  }
  require(count > 0, "there is a greeting");
}

}  // namespace
}  // namespace smtpd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtpd;
  using namespace smtpd::fuzz;
  if (size > longest_input) return -1;
  Input input(data, size);
  // Odd: every question meets silence or SERVFAIL.
  const bool no_answers = input.octet() % 2 == 1;
  FakeClock clock;
  Client client;
  Sink log;
  const Environment environment(std::map<std::string, std::string>{{"TCPREMOTEIP", "192.0.2.7"}});
  transcript::NoNetwork dialer;
  transcript::NoPrograms programs;
  CryptoModule crypto;
  FuzzDns resolver(input, clock, no_answers);
  Services services{clock, environment, log, dialer, programs, crypto, resolver};
  const int code = serve({.config_dir = config_directory()},
                         {.stream = client, .socket = std::optional(SocketAddresses())}, services);
  require(code == 0, "the exit code");
  judge(client.replies(), no_answers);
  return 0;
}
