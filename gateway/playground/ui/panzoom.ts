import { useEffect, useRef, useState, type PointerEvent } from "react";

interface View {
  x: number;
  y: number;
  scale: number;
}

const whole: View = { x: 0, y: 0, scale: 1 };

/** Dragging and zooming of what an SVG shows, in the units of its viewBox. */
export function usePanZoom() {
  const svg = useRef<SVGSVGElement>(null);
  const drag = useRef<{ x: number; y: number } | null>(null);
  const [view, setView] = useState(whole);

  const zoom = (factor: number, at?: DOMPoint) =>
    setView((old) => {
      const scale = Math.min(4, Math.max(0.4, old.scale * factor));
      const { x, y } = at ?? middle(svg.current);
      return { scale, x: x - ((x - old.x) * scale) / old.scale, y: y - ((y - old.y) * scale) / old.scale };
    });

  // React listens to the wheel passively, where the page could not be kept from scrolling.
  useEffect(() => {
    const element = svg.current;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 500), toUnits(element, event));
    };
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, []);

  const handlers = {
    onPointerDown(event: PointerEvent) {
      if (event.button === 0) drag.current = { x: event.clientX, y: event.clientY };
    },
    onPointerMove(event: PointerEvent) {
      const from = drag.current;
      const held = svg.current?.hasPointerCapture(event.pointerId);
      if (!from || (!held && Math.hypot(event.clientX - from.x, event.clientY - from.y) < 4)) return;
      // Captured only once it is a drag, so that a plain click still reaches the box under it.
      svg.current?.setPointerCapture(event.pointerId);
      const [start, end] = [toUnits(svg.current, { clientX: from.x, clientY: from.y }), toUnits(svg.current, event)];
      setView((old) => ({ ...old, x: old.x + end.x - start.x, y: old.y + end.y - start.y }));
      drag.current = { x: event.clientX, y: event.clientY };
    },
    onPointerUp: () => void (drag.current = null),
    onPointerCancel: () => void (drag.current = null),
  };

  return { svg, handlers, zoom, reset: () => setView(whole), transform: `translate(${view.x} ${view.y}) scale(${view.scale})` };
}

function toUnits(svg: SVGSVGElement | null, { clientX, clientY }: { clientX: number; clientY: number }): DOMPoint {
  return new DOMPoint(clientX, clientY).matrixTransform(svg?.getScreenCTM()?.inverse());
}

function middle(svg: SVGSVGElement | null): DOMPoint {
  const { left = 0, top = 0, width = 0, height = 0 } = svg?.getBoundingClientRect() ?? {};
  return toUnits(svg, { clientX: left + width / 2, clientY: top + height / 2 });
}
