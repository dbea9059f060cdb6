/// smtpd-log: reads the log of smtpd. See doc/smtpd-log.md.
#include <getopt.h>

#include <array>
#include <cstdio>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/terminal.hpp"
#include "lib/base/text.hpp"
#include "tools/log/input.hpp"
#include "tools/log/line.hpp"
#include "tools/log/report.hpp"
#include "tools/log/sessions.hpp"

namespace {

using namespace smtpd::log_tool;

constexpr int exit_trouble = 1, exit_usage = 2;

constexpr std::string_view usage =
    "usage: smtpd-log summarize [FILE...]       one line a session, and totals\n"
    "       smtpd-log find WHAT [FILE...]       the sessions that have it in a line\n"
    "       smtpd-log show ID [FILE...]         all lines of a session, or of a message\n"
    "       smtpd-log --help\n";

constexpr std::string_view help =
    "Reads the log of smtpd, text or JSON, from files or standard input (also -).\n"
    "Prefixes of multilog, s6-log, syslog and the journal are understood.\n"
    "WHAT is an address, a client, a Message-ID, any text; capital letters do not count.\n"
    "ID is in each line, in Received and in the reply to a message: mijxgflk0ckw7iv1, or\n"
    "mijxgflk0ckw7iv1.2 for the session's second message.\n"
    "Colours are for terminals; NO_COLOR=1 keeps them off.\n";

void print(std::FILE* to, std::string_view text) { std::fwrite(text.data(), 1, text.size(), to); }

int wrong_usage(const std::string& what) {
  print(stderr, "smtpd-log: " + what + '\n');
  print(stderr, usage);
  return exit_usage;
}

/// Hands each line of each file to `take`. A file that cannot be read is told of, the others are
/// read. The exit code.
int read_all(std::span<const std::string> files,
             const std::function<void(std::string_view)>& take) {
  const std::array<std::string, 1> standard_input{"-"};
  int code = EXIT_SUCCESS;
  for (const std::string& name :
       files.empty() ? std::span<const std::string>(standard_input) : files) {
    auto input = LogInput::open(name);
    auto line = input ? input->line() : std::unexpected(input.error());
    for (; line && *line; line = input->line()) take(**line);
    if (line) continue;
    print(stderr, "smtpd-log: " + line.error().what + '\n');
    code = exit_trouble;
  }
  return code;
}

int summarize(std::span<const std::string> files) {
  Report report(smtpd::may_use_colours() ? Look::coloured : Look::plain);
  Sessions sessions;
  const int code = read_all(files, [&](std::string_view text) {
    const auto line = parse_line(text);
    if (!line) return report.stranger();
    if (const auto session = sessions.add(*line)) report.session(*session);
  });
  for (const SessionInfo& session : sessions.take_rest()) report.session(session);
  report.totals();
  return code;
}

int find(const std::string& what, std::span<const std::string> files) {
  Report report(smtpd::may_use_colours() ? Look::coloured : Look::plain);
  Sessions sessions;
  bool found = false;
  const auto print_found = [&](const SessionInfo& session) {
    if (!session.is_marked) return;
    found = true;
    report.session(session);
  };
  const int code = read_all(files, [&](std::string_view text) {
    const auto line = parse_line(text);
    if (!line) return;
    using Marking = Sessions::Marking;
    const auto marking = mentions(text, what) ? Marking::yes : Marking::no;
    if (const auto session = sessions.add(*line, marking)) print_found(*session);
  });
  for (const SessionInfo& session : sessions.take_rest()) print_found(session);
  if (found || code != EXIT_SUCCESS) return code;
  print(stderr, "smtpd-log: there is no session with " + smtpd::printable(what) + '\n');
  return exit_trouble;
}

int show(std::string_view session, std::span<const std::string> files) {
  const auto dot = session.find('.');
  const std::string_view id = session.substr(0, dot);
  const std::string_view transaction = dot == session.npos ? "" : session.substr(dot + 1);
  if (!is_session_id(id) || (dot != session.npos && !smtpd::to_number(transaction)))
    return wrong_usage("no session's id: " + smtpd::printable(session));
  bool found = false;
  const int code = read_all(files, [&](std::string_view text) {
    const auto line = parse_line(text);
    if (!line || line->session != id) return;
    if (dot != session.npos && line->transaction != transaction) return;
    found = true;
    print(stdout, smtpd::printable(text) + '\n');
  });
  if (found || code != EXIT_SUCCESS) return code;
  print(stderr, "smtpd-log: there is no line of " + std::string(session) + '\n');
  return exit_trouble;
}

int run(std::span<const std::string> words) {
  constexpr std::array<std::string_view, 3> commands{"summarize", "find", "show"};
  if (words.empty()) return wrong_usage("what shall it do?");
  const std::string& command = words[0];
  if (command == "summarize") return summarize(words.subspan(1));
  if (command == "find") {
    if (words.size() < 2 || words[1].empty()) return wrong_usage("find needs what to look for");
    return find(words[1], words.subspan(2));
  }
  if (command == "show") {
    if (words.size() < 2) return wrong_usage("show needs a session's id");
    return show(words[1], words.subspan(2));
  }
  const std::string_view near = smtpd::nearest(command, commands);
  return wrong_usage("there is no command " + smtpd::printable(command) +
                     (near.empty() ? "" : "; did you mean " + std::string(near) + "?"));
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::array<option, 2> options{option{"help", no_argument, nullptr, 'h'}, option{}};
  for (int c = 0; (c = ::getopt_long(argc, argv, ":", options.data(), nullptr)) != -1;) {
    if (c != 'h') {
      const std::string letter{'-', static_cast<char>(optopt)};
      return wrong_usage("unknown option " + smtpd::printable(optopt ? letter : argv[optind - 1]));
    }
    print(stdout, usage);
    print(stdout, help);
    return EXIT_SUCCESS;
  }
  const int code = run(std::vector<std::string>(argv + optind, argv + argc));
  if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return code;
  print(stderr, "smtpd-log: standard output cannot be written\n");
  return exit_trouble;
}
