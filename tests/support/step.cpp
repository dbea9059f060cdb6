/// The lines of a dialogue.
#include <algorithm>
#include <array>
#include <limits>

#include "lib/base/text.hpp"
#include "tests/support/sasl_client.hpp"
#include "tests/support/tls_client.hpp"
#include "tests/support/transcript.hpp"

namespace smtpd::transcript {
namespace {

using Read = std::expected<void, std::string>;

Read nothing(Step&, std::string_view argument) {
  if (!trim(argument).empty()) return std::unexpected("nothing can follow on this line");
  return {};
}

Read line_text(Step& step, std::string_view argument) {
  step.text = Pattern::plain(argument);
  step.text.append("\r\n");
  return {};
}

Read line_glob(Step& step, std::string_view argument) {
  step.text = Pattern::glob(argument);
  return {};
}

Read line_plain(Step& step, std::string_view argument) {
  if (auto wish = parse_tls_wish(argument); !wish) return std::unexpected(wish.error());
  step.text = Pattern::plain(trim(argument));
  return {};
}

Read octets(Step& step, std::string_view argument) {
  auto text = Pattern::quoted(argument);
  if (!text) return std::unexpected(text.error());
  step.text = *std::move(text);
  return {};
}

Read repeated_octets(Step& step, std::string_view argument) {
  constexpr std::size_t most = 100'000'000;
  const auto blank = std::min(argument.find(' '), argument.size());
  const auto times = to_number(argument.substr(0, blank));
  if (!times || *times > most) return std::unexpected("C* needs a number and octets in quotes");
  step.times = static_cast<std::size_t>(*times);
  return octets(step, argument.substr(blank));
}

Read repeated_glob(Step& step, std::string_view argument) {
  constexpr std::size_t most = 100'000;
  const auto blank = argument.find(' ');
  const auto times = to_number(argument.substr(0, blank));
  if (!times || *times == 0 || *times > most || blank == argument.npos)
    return std::unexpected("S* needs a number and a glob");
  step.times = static_cast<std::size_t>(*times);
  return line_glob(step, argument.substr(blank + 1));
}

Read file_name(Step& step, std::string_view argument) {
  if (trim(argument).empty()) return std::unexpected("C< needs a file");
  step.text = Pattern::plain(trim(argument));
  return {};
}

Read reply(Step& step, std::string_view argument) {
  step.code = argument.substr(0, 3);
  const auto rest = argument.substr(step.code.size());
  const bool is_code = step.code.size() == 3 && std::ranges::all_of(step.code, is_digit);
  if (!is_code || (!rest.empty() && rest[0] != ' '))
    return std::unexpected("S... needs a reply code of three digits");
  step.has_glob = !trim(rest).empty();
  if (step.has_glob) step.text = Pattern::glob(rest.substr(1));
  return {};
}

Read amount_of_time(Step& step, std::string_view argument) {
  struct Unit {
    std::string_view name;
    std::chrono::milliseconds length;
  };
  using namespace std::chrono_literals;
  constexpr std::array units{Unit{"ms", 1ms}, Unit{"s", 1s}, Unit{"m", 1min}, Unit{"h", 1h}};
  const auto is_unit = [&](const Unit& unit) {
    return argument.ends_with(unit.name) &&
           to_number(argument.substr(0, argument.size() - unit.name.size()));
  };
  constexpr std::string_view usage = "@ needs a time such as +300s (ms, s, m, h)";
  if (!argument.starts_with('+')) return std::unexpected(std::string(usage));
  argument.remove_prefix(1);
  const auto unit = std::ranges::find_if(units, is_unit);
  if (unit == units.end()) return std::unexpected(std::string(usage));
  const auto count = *to_number(argument.substr(0, argument.size() - unit->name.size()));
  if (count > 1'000'000'000) return std::unexpected(std::string(usage));
  step.advance = unit->length * static_cast<long>(count);
  return {};
}

Read credentials(Step& step, std::string_view argument) {
  if (auto client = SaslClient::parse(argument); !client) return std::unexpected(client.error());
  step.text = Pattern::plain(argument);
  return {};
}

struct Form {
  std::string_view mark;
  Action action;
  Read (*read)(Step&, std::string_view argument);
};

constexpr std::array forms{
    Form{"C:", Action::send, line_text},
    Form{"C=", Action::send, octets},
    Form{"C*", Action::send, repeated_octets},
    Form{"C<", Action::send_file, file_name},
    Form{"C|", Action::cut, nothing},
    Form{"C.", Action::half_close, nothing},
    Form{"C!", Action::close, nothing},
    Form{"Cx", Action::reset, nothing},
    Form{"S:", Action::expect_line, line_glob},
    Form{"S*", Action::expect_line, repeated_glob},
    Form{"S=", Action::expect_octets, octets},
    Form{"S...", Action::expect_reply, reply},
    Form{"S-", Action::expect_silence, nothing},
    Form{"S!", Action::expect_end, nothing},
    Form{"@", Action::advance, amount_of_time},
    Form{"T:", Action::start_tls, line_plain},
    Form{"A:", Action::authenticate, credentials},
};

}  // namespace

std::expected<Step, std::string> parse_step(std::string_view line) {
  const auto blank = std::min(line.find(' '), line.size());
  const auto mark = line.substr(0, blank);
  const auto form = std::ranges::find(forms, mark, &Form::mark);
  if (form == forms.end())
    return std::unexpected("a dialogue has no line of the form '" + escaped(mark) + "'");
  Step step{.source = std::string(line), .action = form->action};
  if (auto read = form->read(step, line.substr(std::min(blank + 1, line.size()))); !read) {
    return std::unexpected(read.error());
  }
  return step;
}

}  // namespace smtpd::transcript
