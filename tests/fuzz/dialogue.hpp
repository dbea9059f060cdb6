#pragma once
/// A dialogue with the server as a second reader sees it: the same octets, cut into commands,
/// messages and replies by hand.
#include <string>
#include <vector>

#include "tests/fuzz/plain_decoder.hpp"

namespace smtpd::fuzz {

/// A message that the queue plugin took.
struct Queued {
  std::string header, body;  ///< as the server hands them on
};

struct Dialogue {
  // How the server was set up.
  DotDecoder::LineEnds line_ends = DotDecoder::LineEnds::strict;
  std::size_t longest_line = 0;    ///< max_text_line
  std::size_t largest = SIZE_MAX;  ///< databytes
  bool adds_only_received = true;  ///< no plugin changes the message
  bool any_verdict = false;        ///< a plugin may answer DATA and BDAT by itself

  // What happened.
  std::string input = {};   ///< what the server has read
  std::string output = {};  ///< what it has sent
  bool write_failed = false;
  bool read_ended = false;  ///< the server has seen the end of the input, or a failed read
  std::vector<Queued> queued = {};
};

/// Checks that there is one well-formed reply to each command, that a message is accepted exactly
/// if the queue has it, and that it is the one that was sent.
void check(const Dialogue& dialogue);

}  // namespace smtpd::fuzz
