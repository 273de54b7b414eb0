#include <functional>
#include <limits>
#include <queue>
#include <utility>

#include "planner/route.h"

namespace planner {

std::optional<Route> ShortestFinder::find(PlaceId from, PlaceId to) const {
    using Entry = std::pair<double, PlaceId>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
    std::vector<double> best(graph_.size(), std::numeric_limits<double>::infinity());
    std::vector<PlaceId> previous(graph_.size(), from);
    best[from] = 0;
    open.push({0, from});
    while (!open.empty()) {
        auto [length, place] = open.top();
        open.pop();
        if (place == to) return follow_back(graph_, previous, from, to);
        if (length > best[place]) continue;
        for (const Way& way : graph_.ways(place)) {
            if (length + way.length >= best[way.to]) continue;
            best[way.to] = length + way.length;
            previous[way.to] = place;
            open.push({best[way.to], way.to});
        }
    }
    return std::nullopt;
}

}  // namespace planner
