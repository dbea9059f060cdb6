#pragma once
/// What a program says in the convention of qmail-spp: commands, one a line
/// (http://qmail-spp.sourceforge.net/doc/).
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/smtp/result.hpp"

namespace smtpd::spp {

/// What ends the output: nothing, or the first of A N O E R D.
enum class Decision { none, off, next, accept, refuse };

/// A refusal that is due later: L and the first letter of MAIL, RCPT or DATA.
struct Late {
  char command = 'M';
  Result refusal;
};

struct Variable {
  std::string name;
  std::optional<std::string> value;  ///< none: it is taken away
};

struct AddedField {
  std::string name, value;
};

struct Output {
  Decision decision = Decision::none;
  Result refusal;  ///< with Decision::refuse
  std::vector<Late> late;
  std::vector<Variable> variables;
  std::vector<AddedField> fields;
  std::vector<std::string> unsent;  ///< texts of P, which would break the dialogue
};

/// Letters, digits and `_`, no digit in front.
bool is_variable_name(std::string_view name);

/// Reads what a program has written, up to the command that decides. Errors: a line that is no
/// command, with the line.
std::expected<Output, std::string> parse(std::string_view text);

}  // namespace smtpd::spp
