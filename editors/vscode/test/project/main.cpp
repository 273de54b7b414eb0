#include "shapes.h"

#if 0
int never();
#endif

double measure(const Shape &shape) {
  auto area = shape.area();
  if (area > 1) {
    return area;
  } else {
    return 1;
  }
}

int main() { return measure(*make_square(2)) > 3 ? 0 : 1; }
