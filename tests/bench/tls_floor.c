// The floor program of TLS: the least that a session with TLS from the first octet can cost with
// the system's OpenSSL. Replies are hard-coded, the message is read and written to one file that is
// fsynced. Not a mail server.
//
//   tls_floor CERTIFICATE KEY FILE [TICKET_KEYS]
//
// With a file of 80 random octets it gives tickets, with which another process resumes the session.

#include <fcntl.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static SSL* ssl;
static char input[65536];
static size_t at, end;

static int say(const char* text) { return SSL_write(ssl, text, (int)strlen(text)) > 0; }

// The octets up to the next LF, in place; they are all that is there if the buffer is full of them.
static char* next_line(size_t* length) {
  size_t searched = at;
  for (;;) {
    char* const lf = memchr(input + searched, '\n', end - searched);
    if (lf || (at == 0 && end == sizeof input)) {
      char* const line = input + at;
      *length = lf ? (size_t)(lf - line) + 1 : end;
      at += *length;
      return line;
    }
    searched = end - at;
    memmove(input, input + at, end - at);
    end -= at;
    at = 0;
    const int got = SSL_read(ssl, input + end, (int)(sizeof input - end));
    if (got <= 0) return NULL;
    end += (size_t)got;
  }
}

static int take_message(const char* path) {
  static char output[65536];
  size_t used = 0;
  const int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
  if (fd < 0 || !say("354 go on\r\n")) return 0;
  for (;;) {
    size_t length = 0;
    const char* line = next_line(&length);
    if (!line) return 0;
    if (length == 3 && memcmp(line, ".\r\n", 3) == 0) break;
    if (used + length > sizeof output) {
      if (write(fd, output, used) != (ssize_t)used) return 0;
      used = 0;
    }
    memcpy(output + used, line, length);
    used += length;
    if (length > 1 && output[used - 2] == '\r') output[--used - 1] = '\n';
  }
  return write(fd, output, used) == (ssize_t)used && fsync(fd) == 0 && close(fd) == 0 &&
         say("250 2.0.0 stored\r\n");
}

static int offer_tickets(SSL_CTX* context, const char* path) {
  char keys[80];
  const int fd = open(path, O_RDONLY);
  if (fd < 0 || read(fd, keys, sizeof keys) != (ssize_t)sizeof keys) return 0;
  close(fd);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_session_id_context(context, (const unsigned char*)"floor", 5);
  return SSL_CTX_set_tlsext_ticket_keys(context, keys, sizeof keys) == 1;
}

// BDAT SIZE LAST: the octets behind the line, as they are.
static int take_chunk(const char* line, const char* path) {
  size_t left = strtoul(line + 5, NULL, 10);
  const int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
  if (fd < 0) return 0;
  while (left > 0) {
    if (at == end) {
      const int got = SSL_read(ssl, input, sizeof input);
      if (got <= 0) return 0;
      at = 0;
      end = (size_t)got;
    }
    const size_t part = end - at < left ? end - at : left;
    if (write(fd, input + at, part) != (ssize_t)part) return 0;
    at += part;
    left -= part;
  }
  return fsync(fd) == 0 && close(fd) == 0 && say("250 2.0.0 stored\r\n");
}

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) return 100;
  signal(SIGPIPE, SIG_IGN);
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  if (!context || SSL_CTX_use_certificate_chain_file(context, argv[1]) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, argv[2], SSL_FILETYPE_PEM) != 1)
    return 1;
  SSL_CTX_set_num_tickets(context, 0);
  if (argc == 5 && !offer_tickets(context, argv[4])) return 1;
  SSL_CTX_set_read_ahead(context, 1);
  ssl = SSL_new(context);
  SSL_set_rfd(ssl, 0);
  SSL_set_wfd(ssl, 1);
  if (SSL_accept(ssl) != 1 || !say("220 floor ESMTP\r\n")) return 1;
  for (;;) {
    size_t length = 0;
    const char* const line = next_line(&length);
    if (!line || length < 4) return 1;
    if (strncasecmp(line, "DATA", 4) == 0) {
      if (!take_message(argv[3])) return 1;
    } else if (strncasecmp(line, "BDAT", 4) == 0) {
      if (!take_chunk(line, argv[3])) return 1;
    } else if (strncasecmp(line, "QUIT", 4) == 0) {
      say("221 2.0.0 bye\r\n");
      SSL_shutdown(ssl);
      return 0;
    } else if (!say("250 2.0.0 ok\r\n")) {
      return 1;
    }
  }
}
