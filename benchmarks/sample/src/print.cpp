#include "planner/print.h"

namespace planner {

void print(std::ostream& out, const Graph& graph, const Route& route) {
    const char* between = "";
    for (PlaceId place : route.places) {
        out << between << graph.name(place);
        between = PLANNER_ARROW;
    }
    out << " (" << route.length << " m)\n";
}

}  // namespace planner
