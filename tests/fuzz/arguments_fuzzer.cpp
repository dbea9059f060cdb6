/// A line of config/plugins either makes the plugin or names what is wrong with it, and the getters
/// keep to what they promise.
#include <algorithm>
#include <map>

#include "lib/host/host.hpp"
#include "tests/fuzz/support.hpp"
#include "tests/support/closed_services.hpp"

namespace smtpd::fuzz {
namespace {

constexpr std::size_t longest = 1024;

class Sink final : public LogSink {
 public:
  void write(std::string_view line) override {
    require(std::ranges::none_of(line, is_control), "a line of the log");
    text += line;
  }
  std::string text = {};
};

/// Each getter that the first octets choose, with its promise.
void check_getters(Input input) {
  const unsigned first = input.octet(), count = input.octet() % 8;
  std::string kinds;
  for (unsigned i = 0; i < count; ++i) kinds += static_cast<char>(input.octet() % 6);
  std::vector<std::string> all;
  for (const std::string_view word : words(input.rest())) all.emplace_back(word);
  Arguments arguments(all);
  constexpr std::string_view names[] = {"a", "b", "reject", "wait", "n", "x"};
  std::size_t asked = 0;
  try {
    if (first % 4 == 1) arguments.alias("old", "a");
    if (first % 4 == 2) static_cast<void>(arguments.positional());
    if (first % 4 == 3) {
      const auto number = arguments.leading_number(7, -5, 100);
      require(number >= -5 && number <= 100, "a leading number");
    }
    for (const char kind : kinds) {
      const std::string_view name = names[asked++ % std::size(names)];
      const auto number = kind == 0 ? arguments.number(name, 1, -3, 1'000'000) : 1;
      require(number >= -3 && number <= 1'000'000, "a number's bounds");
      if (kind == 1) static_cast<void>(arguments.flag(name, true));
      const auto choice = kind == 2 ? arguments.choice(name, {"one", "two"}, "two") : "two";
      require(choice == "one" || choice == "two", "a choice");
      const auto wait = kind == 3 ? arguments.duration(name, milliseconds(1)) : milliseconds(1);
      require(wait >= wait.zero() && wait <= std::chrono::hours(24), "a duration's bounds");
      for (const auto value : kind == 4 ? arguments.all(name) : std::vector<std::string_view>())
        require(std::ranges::find(all, value) != all.end(), "a value is one of the words");
      if (kind == 5) arguments.ignored(name, "reason");
    }
  } catch (const ConfigError& error) {
    require(std::string_view(error.what()) == printable(error.what()), "the error is printable");
    return;
  }
  const auto complaint = arguments.complaint();
  require(!complaint || !all.empty(), "no word, no complaint");
  require(!all.empty() && kinds.empty() && first % 4 < 2 ? complaint.has_value() : true,
          "words that nobody asked for are complained about");
}

void check_plugin(std::string_view line) {
  Sink sink;
  const SystemClock clock;
  Log log(sink, clock);
  Config config("/", {}, log);
  config.ask_first([&](std::string_view key) {
    return key == "plugins" ? std::optional(Lines{std::string(line)}) : Lines();
  });
  Connection conn;
  transcript::ClosedServices closed(clock, sink, Environment(std::map<std::string, std::string>()));
  Host host({config, log, closed.services(), conn, {}});
  const auto loaded = host.load_plugins();
  if (loaded) return;
  require(loaded.error().code == Errc::config, "the administrator's error");
  require(loaded.error().what.starts_with("(config plugin): "), "where it is");
  require(sink.text.find("(config plugin): ") != std::string::npos, "the log says so");
}

}  // namespace
}  // namespace smtpd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtpd;
  using namespace smtpd::fuzz;
  if (size > longest) return -1;
  Input input(data, size);
  if (input.octet() == 0) {
    check_getters(input);
  } else {
    check_plugin(input.rest());
  }
  return 0;
}
