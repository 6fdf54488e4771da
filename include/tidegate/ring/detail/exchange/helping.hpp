// helping: the wait-free layer of an exchange ring. A call that loses too often asks for help, and gets it in turn.
//
// A request stands in the record of its row. Whoever is about to exchange at a place looks whose turn it is there; if
// that row has a request, the entry is offered to it instead, by a compare-exchange that says so in the entry. An offer
// is settled by anybody who meets it: first the request is made real by one compare-exchange in the record (pending to
// done), then the entry is completed with what the row gave. An offer whose request is gone is void, and its entry
// free. A caller leaves with `full`, `empty` or `closed` by one compare-exchange in its own record.
//
// Exactly once: a request has one way from pending to done. While it is pending no offer of it can have been given to
// somebody else, because an offer is replaced only by who saw the record beyond this request, and records do not
// return. Nothing is lost: nobody passes an offered entry before it is settled, and the owner of a request that was
// made real completes the entry itself before it asks again. Both sides are helped by their own kind; in addition, who
// would evict gives way to a consumer that asks. Offers to evict are never void: such a request leaves only by the
// close bit, which is in the word that the offer's compare-exchange compares.
//
// Protocol: [request] owner → helper: what the row gives is complete before the request is seen; helper → owner: what
// it
//                     receives was finished with before the request is seen as done.
//           [exchange] see table.hpp.
#pragma once

#include "tidegate/ring/detail/exchange/table.hpp"

namespace tidegate::detail {

template <class Setup>
class exchange_helping : public exchange_table<Setup> {
  using base = exchange_table<Setup>;

 public:
  using base::base;
  using typename base::row_type;
  using typename base::Sync;
  using typename base::word;

 protected:
  using typename base::view;
  using request = request_word<word>;

  static constexpr unsigned nobody = word::most_rows;

  /// Offers the entry to the row whose turn it is, when that has a request which the entry can meet. False: it has
  /// none.
  template <side Side>
  bool serve(unsigned self, place at, const view& seen, bool evicting, completions& settled) noexcept {
    const unsigned turn = this->circle_.turn(at, static_cast<unsigned>(this->sizes_.rows(Side)));
    if (turn == self) return false;
    const std::uint64_t record =
        this->row_at(Side, turn).record.load(order::relaxed);  // settle() reads it with acquire
    if (!request::is_pending(record) || (evicting && !request::evicts(record))) return false;
    offer<Side>(turn, request::number(record), at, seen, evicting, settled);
    return true;
  }

  /// Offers the entry to a request, and settles that. The entry may have changed meanwhile: then nothing happens.
  template <side Side>
  void offer(unsigned to, std::uint64_t number, place at, const view& seen, bool evicting,
             completions& settled) noexcept {
    const std::uint64_t offered = word::offered(seen.entry, this->circle_.lap(at), Side, to, number, evicting);
    std::uint64_t expected = seen.entry;
    // [exchange] pairs with the looks of others; what the entry's last exchange released was acquired by the look
    if (this->entry(at).compare_exchange_strong(expected, offered, order::release, order::relaxed)) {
      static_cast<void>(settle<Side>(at, offered, settled));
    }
  }

  /// Settles an offer. True: it is void, its entry may be taken like one that was never offered. False: it is settled,
  /// look again. At most three rounds: a record moves on from this request once, and is then past it.
  template <side Side>
  [[nodiscard]] bool settle(place at, std::uint64_t offered, completions& settled) noexcept {
    row_type& to = this->row_at(Side, word::row(offered));
    const std::uint64_t done = request::done(offered, this->circle_.index(at));
    for (;;) {
      std::uint64_t record = to.record.load(order::acquire);      // [request] pairs with ask()
      const std::uint64_t given = to.offer.load(order::relaxed);  // right if the entry still stands: see the next line
      if (this->entry(at).load(order::relaxed) != offered) return false;  // compared only
      if (request::is_pending(record) && (request::number(record) & word::sequence_mask) == word::sequence(offered)) {
        // [request] pairs with await_help(): the entry's value was finished with by whoever gave it
        if (!to.record.compare_exchange_strong(record, done, order::release, order::relaxed)) continue;
        record = done;
      }
      if (record != done) return true;
      std::uint64_t expected = offered;
      // [exchange] pairs with the looks of others
      if (this->entry(at).compare_exchange_strong(expected, word::settled(offered, given), order::seq_cst,
                                                  order::relaxed)) {
        settled.note(Side);
      }
      return false;
    }
  }

  /// Announces what this row wants: the slot `me.mine` for one that the other side left.
  template <side Side>
  void ask(row_type& row, row_state& me, bool evicts) noexcept {
    row.offer.store(me.mine, order::relaxed);  // seen with the record
    // [request] pairs with the loads of records: slot and element are complete
    row.record.store(request::pending(++me.number, evicts), order::release);
    this->calls_word(Side).fetch_add(1, order::relaxed);  // a sign to look at the records
  }

  /// Takes the request back. False: too late, it was made real.
  [[nodiscard]] bool withdraw(row_type& row, const row_state& me, bool evicts) noexcept {
    std::uint64_t expected = request::pending(me.number, evicts);
    // relaxed: it publishes nothing; the next request does
    return row.record.compare_exchange_strong(expected, request::idle(me.number), order::relaxed, order::relaxed);
  }

  /// The request was made real: completes its entry, so that nobody needs what this row gave any more, and receives.
  template <side Side>
  void receive_help(row_type& row, unsigned self, row_state& me, std::uint64_t record) noexcept {
    const place at = request::index(record);  // of any lap: the entry itself says which
    std::uint64_t seen = this->look(at);
    // It fails at most twice: when a close bit has come, and when somebody else has completed the entry.
    // [exchange] pairs with the looks of others; on failure with who completed it: what the row gives next comes later
    while (
        is_offer_to<Side>(self, me, record, seen) &&
        !this->entry(at).compare_exchange_strong(seen, word::settled(seen, me.mine), order::seq_cst, order::acquire)) {
    }
    me.mine = request::received(record);
    // relaxed: it publishes nothing; who still holds the old offer compares it with the entry before anything happens
    row.record.store(request::idle(me.number), order::relaxed);
  }

 private:
  /// True while the entry is the offer that was made real.
  template <side Side>
  [[nodiscard]] static bool is_offer_to(unsigned row, const row_state& me, std::uint64_t record,
                                        std::uint64_t seen) noexcept {
    return word::state(seen) == 2 * index_of(Side) && word::row(seen) == row &&
           word::value(seen) == request::received(record) && word::sequence(seen) == (me.number & word::sequence_mask);
  }
};

}  // namespace tidegate::detail
