#include "lib/client/http.hpp"

#include <algorithm>
#include <charconv>

#include "lib/base/text.hpp"

namespace smtpd {
namespace {

std::unexpected<Error> no_http(const Exchange& server) {
  return server.nonsense("its answer is no HTTP");
}

std::string text_of(const HttpRequest& request) {
  std::string text = request.method + ' ' + request.target + " HTTP/1.0\r\n";
  for (const auto& [name, value] : request.fields) text += name + ": " + value + "\r\n";
  if (request.body) text += "Content-Length: " + std::to_string(request.body->size()) + "\r\n";
  return text += "\r\n";
}

/// Control octets would end what they stand in.
bool is_clean(const HttpRequest& request) {
  const auto has_control = [](std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return is_control(c); });
  };
  return !has_control(request.method) && !has_control(request.target) &&
         request.target.find(' ') == std::string::npos &&
         std::ranges::none_of(request.fields, [&](const HttpField& field) {
           return has_control(field.name) || has_control(field.value);
         });
}

/// Of `HTTP/1.1 200 OK`; 0 if it is none.
int status_of(std::string_view line) {
  const auto parts = words(line);
  if (parts.size() < 2 || !parts[0].starts_with("HTTP/1.") || parts[1].size() != 3) return 0;
  const auto number = to_number(parts[1]);
  return number && *number >= 100 ? static_cast<int>(*number) : 0;
}

/// Reads lines up to the empty one.
std::expected<std::vector<HttpField>, Error> read_fields(Exchange& server) {
  std::vector<HttpField> fields;
  while (true) {
    const auto line = server.line();
    if (!line) return std::unexpected(line.error());
    if (line->empty()) return fields;
    const auto colon = line->find(':');
    if (colon == line->npos || colon == 0) return no_http(server);
    fields.push_back(
        {std::string(line->substr(0, colon)), std::string(trim(line->substr(colon + 1)))});
  }
}

/// RFC 9112 7.1. What may stand behind the size and behind the last chunk is dropped.
std::expected<std::string, Error> read_chunks(Exchange& server) {
  std::string body;
  while (true) {
    const auto line = server.line();
    if (!line) return std::unexpected(line.error());
    const std::string_view digits = trim(line->substr(0, line->find(';')));
    std::size_t size = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
    if (error != std::errc() || end != digits.data() + digits.size()) return no_http(server);
    if (size == 0) break;
    const auto chunk = server.exactly(size);
    if (!chunk) return std::unexpected(chunk.error());
    body += *chunk;
    const auto rest = server.line();
    if (!rest) return std::unexpected(rest.error());
    if (!rest->empty()) return no_http(server);
  }
  const auto trailer = read_fields(server);
  if (!trailer) return std::unexpected(trailer.error());
  return body;
}

/// RFC 9112 6.3.
std::expected<std::string, Error> read_body(Exchange& server, const HttpResponse& response) {
  constexpr int no_content = 204, not_modified = 304;
  if (response.status == no_content || response.status == not_modified) return "";
  if (const auto coding = response.field("Transfer-Encoding")) {
    if (equal_ignoring_case(*coding, "chunked")) return read_chunks(server);
    return server.nonsense("its answer is encoded");
  }
  const auto told = response.field("Content-Length");
  if (!told) return server.all();
  const auto length = to_number(*told);
  if (!length) return no_http(server);
  const auto body = server.exactly(static_cast<std::size_t>(*length));
  if (!body) return std::unexpected(body.error());
  return std::string(*body);
}

}  // namespace

std::optional<std::string_view> HttpResponse::field(std::string_view name) const {
  const auto found = std::ranges::find_if(
      fields, [&](const HttpField& each) { return equal_ignoring_case(each.name, name); });
  return found == fields.end() ? std::nullopt : std::optional<std::string_view>(found->value);
}

std::expected<HttpResponse, Error> ask_http(Exchange& server, const HttpRequest& request) {
  if (!is_clean(request)) return server.nonsense("a request may have no control octets");
  auto sent = server.say(text_of(request));
  if (sent && request.body) sent = server.say(*request.body);
  if (!sent) return std::unexpected(sent.error());
  HttpResponse response;
  while (response.status < 200) {  // before that it only says that it goes on
    const auto line = server.line();
    if (!line && line.error().code == Errc::closed) return no_http(server);
    if (!line) return std::unexpected(line.error());
    response.status = status_of(*line);
    if (response.status == 0) return no_http(server);
    auto fields = read_fields(server);
    if (!fields) return std::unexpected(fields.error());
    response.fields = *std::move(fields);
  }
  auto body = read_body(server, response);
  if (!body) return std::unexpected(body.error());
  response.body = *std::move(body);
  return response;
}

}  // namespace smtpd
