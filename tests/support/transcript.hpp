#pragma once
/// Transcripts (`*.smtp`): configuration, a fake world and a dialogue in one file. This is their
/// parser.
#include <chrono>
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/pattern.hpp"

namespace smtpd::transcript {

struct Problem {
  unsigned line = 0;  ///< of the transcript
  std::string what;
};
using Checked = std::expected<void, Problem>;

enum class Action {
  send,            ///< C: C= C*    text, times
  send_file,       ///< C<          text is the path
  cut,             ///< C|
  half_close,      ///< C.
  close,           ///< C!
  reset,           ///< Cx
  expect_line,     ///< S: S*       text is a glob
  expect_octets,   ///< S=
  expect_reply,    ///< S...        code; text is a glob for one of its lines if there is one
  expect_silence,  ///< S-
  expect_end,      ///< S!
  advance,         ///< @ +
  start_tls,       ///< T:          text is what parse_tls_wish() reads
  authenticate,    ///< A:
};

using Texts = std::vector<std::string>;

/// One line of a dialogue.
struct Step {
  unsigned line = 0;
  std::string source = {};  ///< the line as it stands in the file, with the line meant of `> NAME`
  std::string who = {};     ///< NAME of `NAME> `, else empty
  Action action = Action::send;
  Pattern text = {};
  bool has_glob = false;  ///< S... with a glob
  std::size_t times = 1;
  std::string code = {};
  std::chrono::milliseconds advance{0};
};

struct Line {
  unsigned number = 0;
  std::string text = {};
};

struct Section {
  enum class Kind {
    certificate,
    config,
    file,
    old,
    map,
    env,
    options,
    dns,
    dns_asked,
    peer,
    program,
    session,
    check,
    mail,
    log,
    exit,
    only
  };
  Kind kind = Kind::session;
  unsigned line = 0;
  std::string argument = {};  ///< what stands behind the keyword: key, path, name, number
  std::vector<Line> lines =
      {};  ///< no comments; blank lines only in config, file and mail, and not at their end
  std::vector<Step> steps = {};  ///< of a session
};

struct Transcript {
  std::string path;
  std::vector<Section> sections;
};

/// Errors: the first thing that is wrong, be it a line or the order of sections.
std::expected<Transcript, Problem> parse(std::string path, std::string_view text);

/// An `[options]` line, `NAME VALUE` or `--NAME=VALUE`.
struct Option {
  std::string name, value;
};
Option read_option(std::string_view line);

/// One line of a dialogue, without its NAME; of S* with its `times`. Errors: a sentence.
std::expected<Step, std::string> parse_step(std::string_view line);

/// The lines that `> text` stands for. Errors: a sentence, with the nearest name there is.
std::expected<Texts, std::string> expand_shorthand(std::string_view text);

}  // namespace smtpd::transcript
