/// Counts recipients of a transaction and of the connection, keeps notes of both, and shows them in
/// the answer to VRFY: the right type, and the wrong one.
#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

constexpr NoteKey<std::int64_t> rcpt_count{"rcpt_count"};
constexpr NoteKey<std::string> rcpt_count_as_text{"rcpt_count"};
constexpr NoteKey<bool> rcpt_count_as_flag{"rcpt_count"};

class Counts final : public Plugin {
 public:
  using Plugin::Plugin;

  Result on_rcpt(Transaction& txn, const Address&, const Parameters&) {
    ++all_;
    ++here_(txn).count;
    here_(txn).words += 'x';
    txn.notes.set(rcpt_count, here_(txn).count);
    txn.connection().notes.set(rcpt_count, all_);
    return ok();
  }

  Result on_vrfy(Connection& conn, const CommandLine&) {
    const Transaction* const txn = ctx().conversation().transaction();
    std::string text = "transaction ";
    text += txn ? std::to_string(txn->number()) + " has " + of(txn->notes) : "none";
    return ok(text + ", connection has " + of(conn.notes));
  }

 private:
  struct Here {
    int count = 0;
    std::string words;
  };

  static std::string of(const Notes& notes) {
    const std::int64_t* const count = notes.get(rcpt_count);
    std::string text = count ? std::to_string(*count) : "no note";
    if (notes.get(rcpt_count_as_text) || notes.has(rcpt_count_as_flag)) text += " of any type";
    return text;
  }

  int all_ = 0;
  PerTransaction<Here> here_;
};

}  // namespace

SMTPD_PLUGIN(Counts, "per_transaction", rcpt, vrfy)
