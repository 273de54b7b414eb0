#include <queue>

#include "planner/route.h"

namespace planner {

std::optional<Route> FewestStopsFinder::find(PlaceId from, PlaceId to) const {
    std::vector<bool> seen(graph_.size(), false);
    std::vector<PlaceId> previous(graph_.size(), from);
    std::queue<PlaceId> open;
    seen[from] = true;
    open.push(from);
    while (!open.empty()) {
        PlaceId place = open.front();
        open.pop();
        if (place == to) return follow_back(graph_, previous, from, to);
        for (const Way& way : graph_.ways(place)) {
            if (seen[way.to]) continue;
            seen[way.to] = true;
            previous[way.to] = place;
            open.push(way.to);
        }
    }
    return std::nullopt;
}

}  // namespace planner
