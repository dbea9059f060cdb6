#include "lib/kit/password_store.hpp"

namespace smtpd {

Result PasswordStore::on_password(Connection& conn, const PasswordAttempt& attempt) {
  // For some stores an empty password is everybody's, and a NUL would end the password early.
  if (attempt.password.empty()) return deny("the password is empty");
  if (attempt.password.find('\0') != std::string::npos) return deny("a NUL in the password");
  PasswordCheck outcome = check(attempt.user, attempt.password);
  if (!outcome) return denysoft(std::move(outcome.error().what));
  switch (outcome->kind) {
    case PasswordOutcome::Kind::accepted:
      conn.notes.set(note::authuser, outcome->text.empty() ? attempt.user : outcome->text);
      return ok();
    case PasswordOutcome::Kind::wrong: return deny(std::move(outcome->text));
    case PasswordOutcome::Kind::unknown: break;
  }
  return declined(std::move(outcome->text));
}

// Whom the store bars gets no credentials, and the exchange is played to its end.
FoundCredentials StoredPasswords::on_credentials(Connection&, std::string_view user) {
  auto stored = find(user);
  if (!stored) return std::unexpected(Refusal{Verdict::denysoft, stored.error().what});
  if (!*stored) return std::nullopt;
  if (!(*stored)->barred.empty()) return Credentials();
  return std::move((*stored)->credentials);
}

PasswordCheck StoredPasswords::compare(const std::string& user, const std::string& password) {
  const auto stored = find(user);
  if (!stored) return std::unexpected(stored.error());
  if (!*stored) return PasswordOutcome::unknown("no such user");
  if (!(*stored)->barred.empty()) return PasswordOutcome::wrong((*stored)->barred);
  if ((*stored)->is_empty()) return PasswordOutcome::wrong("no password");
  const auto right = is_password(ctx(), **stored, password);
  if (!right) return std::unexpected(right.error());
  return *right ? PasswordOutcome::accepted() : PasswordOutcome::wrong("wrong password");
}

}  // namespace smtpd
