#pragma once
/// Questions to the DNS: several at once, answered while the server waits for its client. This is
/// the stub resolver (RFC 1034 5.3.1) of one session.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "lib/base/clock.hpp"
#include "lib/base/export.hpp"
#include "lib/io/meanwhile.hpp"
#include "lib/services/dns.hpp"
#include "lib/services/dns_cache.hpp"
#include "lib/services/dns_message.hpp"
#include "lib/services/dns_settings.hpp"
#include "lib/services/dns_transport.hpp"
#include "lib/services/log.hpp"
#include "lib/services/rehearsal.hpp"

namespace smtpd::dns {

/// Whether a question counts against config resolver's `questions`, after which nothing more is
/// asked in a transaction.
enum class Budget : std::uint8_t {
  counted,
  exempt,  ///< asked nevertheless: for a check that refuses where there is no answer
};

/// Remembers every answer for its TTL, and what has failed until the transaction ends: a question
/// that was asked before, by whomever, costs nothing.
class SMTPD_API Resolver final : private io::Meanwhile {
 public:
  /// The clock and the log outlive it.
  struct Parts {
    Settings settings;
    std::unique_ptr<Transport> transport;
    const Clock& clock;
    Log& log;
  };
  explicit Resolver(Parts parts);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  ~Resolver() override;

  /// Called once the answer is there: in a wait for the client or for another answer, or at once if
  /// it is known. It may start further questions, and keep what it needs; it asks and waits for
  /// nothing and throws nothing. It is dropped when the client turns out to be another one.
  using Then = std::function<void(const Answer& answer)>;
  /// Sends the question, if it is new, and does not wait. Whoever needs the answer asks for it
  /// later, by ask(), as if nothing had been started.
  void start(const Question& question, Then then = {}, Budget budget = Budget::counted);

  /// The answer, which is waited for; a question that is new is asked. After the deadline it is
  /// `failed`, and what comes later still counts for the next one who asks.
  Answer ask(const Question& question, Deadline deadline, Budget budget = Budget::counted);

  /// Starts all of them, then waits under one deadline: it takes as long as the slowest one. The
  /// answers are in the order of the questions.
  std::vector<Answer> ask_all(std::span<const Question> questions, Deadline deadline,
                              Budget budget = Budget::counted);

  /// The answer if it is there, none if not: asks nothing and does not wait.
  std::optional<Answer> peek(const Question& question);

  /// The transaction is over: what has failed may be asked anew, and the budget is whole again.
  void end_transaction();
  /// The client is another one: nobody is told of answers to what was asked for the old one.
  void forget_client();

  /// Tells of each answer that somebody has asked for; null: nobody any more.
  void tell_of_answers(Rehearsal* listener) { listener_ = listener; }

  const Settings& settings() const { return settings_; }
  /// For the stream of the client.
  io::Meanwhile& meanwhile() { return *this; }

 private:
  /// What has become of one server, for one question.
  struct Attempts {
    unsigned count = 0;
    bool is_useless = false;  // it has answered, and that was no answer
  };
  /// A question that was sent and has no answer yet.
  struct Pending {
    Question question;
    std::vector<Then> thens = {};
    std::uint32_t ticket = 0;
    std::vector<Attempts> servers = {};
    std::size_t server = 0;  // whose turn it is
    Deadline until = Deadline::never();
    Edns edns = Edns::yes;
    std::string why = {};
  };
  using PendingList = std::list<Pending>;

  std::span<pollfd> descriptors() override;
  Deadline due() override;
  void go_on() override;

  Answer ask_one(const Question& question, Deadline deadline, Budget budget);
  /// Asks what is new. The answer, if that is known already.
  std::optional<Answer> begin(const Question& question, Budget budget);
  std::optional<Answer> reason_not_to_ask(const Question& question, Budget budget);
  void wait_for(const Question& question, Deadline deadline);
  PendingList::iterator find(const Question& question);
  void send(Pending& pending);
  /// To the next server, or the end of it.
  void try_next(PendingList::iterator pending);
  std::optional<std::size_t> next_server(const Pending& pending) const;
  void take(Transport::Arrival arrival);
  void take_answer(PendingList::iterator pending, std::size_t server, Reading reading);
  void time_out(PendingList::iterator pending);
  void finish(PendingList::iterator pending, const Answer& answer);
  void tell(std::span<const Then> thens, const Answer& answer);
  std::uint16_t new_id();

  Settings settings_;
  std::unique_ptr<Transport> transport_;
  const Clock& clock_;
  Log& log_;
  Rehearsal* listener_ = nullptr;
  Cache cache_;
  PendingList pending_;
  std::vector<bool> is_silent_;  // servers that have let a question time out
  bool uses_edns_ = true;
  bool has_warned_ = false;  // of the bound
  std::size_t asked_ = 0;    // in this transaction
  std::uint32_t last_ticket_ = 0;
};

/// The A and AAAA records of a host: both are asked at once. The outcome is `answer` if either has
/// one; else `failed` if one of them has failed, else what A has come to.
SMTPD_API Answer addresses_of(Resolver& resolver, std::string_view host, Deadline deadline,
                              Budget budget = Budget::counted);

}  // namespace smtpd::dns
