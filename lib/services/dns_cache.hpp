#pragma once
/// Answers that a session keeps, each for its TTL.
#include <cstddef>
#include <map>

#include "lib/base/clock.hpp"
#include "lib/base/export.hpp"
#include "lib/services/dns.hpp"

namespace smtpd::dns {

class Cache {
 public:
  static constexpr std::size_t most = 1000;  ///< answers
  /// What has a shorter TTL would be asked again by the next plugin at the same command.
  static constexpr seconds least_ttl{5};
  static constexpr seconds longest_ttl{86'400};

  explicit Cache(const Clock& clock) : clock_(clock) {}

  /// Keeps an answer, `failed` included. When it is full, what expires first goes.
  SMTPD_API void put(const Question& question, Answer answer);
  enum class Use {
    look,  ///< it stays for whoever needs it
    take,  ///< from now on its TTL counts
  };
  /// The answer to a canonical question, until the next put(); null if there is none or it is too
  /// old. One that nobody has taken yet is never too old: it was asked for in advance.
  SMTPD_API const Answer* find(const Question& question, Use use);
  /// The transaction is over, and what has failed may be asked anew.
  SMTPD_API void forget_failures();
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Answer answer;
    SteadyTime expires;
    bool is_taken = false;
  };
  void make_room();

  const Clock& clock_;
  std::map<Question, Entry> entries_;
};

}  // namespace smtpd::dns
